/**
 * dpkg's list of what is installed, cut down to what every Debian system has: packages that are essential or of priority
 * `required`, and those they need (Debian Policy, 2.5 "Priorities"). What is unpacked against this list keeps working when the
 * system's other packages are upgraded or removed.
 * @param status text of /var/lib/dpkg/status
 */
export const baseSystem = (status: string): string => {
  const stanzas = status.split(/\n\n+/).filter((stanza) => /^Status: install ok installed$/m.test(stanza));
  const byName = new Map<string, string[]>();
  for (const stanza of stanzas) for (const name of namesOf(stanza)) byName.set(name, [...(byName.get(name) ?? []), stanza]);
  const kept = new Set<string>();
  const pending = stanzas.filter((stanza) => /^(Essential: yes|Priority: required)$/m.test(stanza));
  for (let stanza = pending.pop(); stanza !== undefined; stanza = pending.pop()) {
    if (kept.has(stanza)) continue;
    kept.add(stanza);
    pending.push(...needsOf(stanza).flatMap((name) => byName.get(name) ?? []));
  }
  return stanzas.filter((stanza) => kept.has(stanza)).map((stanza) => `${stanza.trim()}\n\n`).join('');
};

/** A package's own name and those it provides. */
const namesOf = (stanza: string): readonly string[] => [...fieldOf(stanza, 'Package'), ...fieldOf(stanza, 'Provides')];

/** Of alternatives all that are installed count: which of them fulfils the need does not matter here. */
const needsOf = (stanza: string): readonly string[] => [...fieldOf(stanza, 'Pre-Depends'), ...fieldOf(stanza, 'Depends')];

/** Names in a list such as `libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0, python3:any`. */
const fieldOf = (stanza: string, field: string): readonly string[] => {
  const text = new RegExp(`^${field}: (.*(?:\\n .*)*)`, 'm').exec(stanza)?.[1] ?? '';
  return [...text.replaceAll(/\([^)]*\)/g, '').matchAll(/[a-z0-9][a-z0-9+.-]*(?=(:[a-z0-9]+)?\s*(?:[,|]|$))/g)].map(([name]) => name);
};

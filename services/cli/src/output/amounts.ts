const MICRO = 1_000_000;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `0.8 s`, `133 ms`, `3 min 20 s`. */
export const showDuration = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const rest = seconds % 60;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
  const minutes = Math.round((seconds % 3_600) / 60);
  return `${Math.floor(seconds / 3_600)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
};

/** `12 KiB`, by powers of 1024. */
export const showBytes = (bytes: number): string => {
  const unit = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** unit;
  return `${Number.isInteger(amount) ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
};

/** `$0.0070/h`, from millionths of a US dollar. */
export const showDollars = (micro: number, digits = 4): string => `${micro < 0 ? '-' : ''}$${(Math.abs(micro) / MICRO).toFixed(digits)}`;

/** Local time for people, RFC 3339 for programs. */
export const showTime = (at: string, terminal: boolean): string => {
  if (!terminal) return at;
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
};

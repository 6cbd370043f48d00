// Style as a test, with a ratchet: what is small stays small, what is long may only shrink, and every operation is whole.
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { OPERATION_KINDS } from '@holdfast/domain';
import { isThere, repository, repositoryFiles } from './tidy/repository-files.js';
import { declaredNames, functionLengths } from './tidy/source-outline.js';

const FILE_LINES_MAX = 250;
const FUNCTION_LINES_MAX = 60;

/** What was longer when the rule came, with its length then. Entries may be lowered and taken out, never added or raised. */
const RATCHET = JSON.parse(readFileSync(join(repository, 'test/tidy/ratchet.json'), 'utf8')) as {
  files: Record<string, number>;
  functions: Record<string, number>;
};

const files = repositoryFiles();
const code = files.filter((file) => /\.(?:ts|tsx|mjs|cjs|sh)$|^holdfast$|^\.ci\/run$/.test(file.path));
const typescript = files.filter((file) => /\.tsx?$/.test(file.path));
const production = typescript.filter((file) => !/\.(?:test|test-support)\.ts$|^test\//.test(file.path));
const pages = files.filter((file) => file.path.endsWith('.md'));

/** `path:line` of each match, so that a failure says where. */
const findings = (among: typeof files, pattern: RegExp): string[] =>
  among.flatMap((file) =>
    file.text
      .split('\n')
      .map((line, index) => ({ line, at: `${file.path}:${index + 1}` }))
      .filter(({ line }) => pattern.test(line))
      .map(({ line, at }) => `${at} ${line.trim().slice(0, 120)}`),
  );

describe('every operation is whole:', () => {
  it.each(OPERATION_KINDS)('%s', (slug) => {
    const trail = [
      `domain/src/plans/${slug}.plan.ts`,
      `domain/src/plans/${slug}.plan.test.ts`,
      `workflows/src/${slug}.workflow.ts`,
      `services/api/src/operations/${slug}.command.ts`,
      `test/workflow/${slug}.test.ts`,
      `test/e2e/${slug}.e2e.test.ts`,
      `test/histories/${slug}-v1.json`,
      `docs/operations/${slug}.md`,
    ];
    expect(trail.filter((path) => !isThere(path))).toEqual([]);
  });
  it('and there is no page of an operation that does not exist', () => {
    const known = OPERATION_KINDS.map((slug) => `${slug}.md`);
    expect(readdirSync(join(repository, 'docs/operations')).filter((page) => !known.includes(page))).toEqual([]);
  });
});

describe('lengths', () => {
  const lengths = new Map(code.map((file) => [file.path, file.text.split('\n').length - 1]));
  it(`no file is longer than ${FILE_LINES_MAX} lines, or than it was`, () => {
    expect([...lengths].filter(([path, lines]) => lines > (RATCHET.files[path] ?? FILE_LINES_MAX)).map(([path, lines]) => `${path}: ${lines}`)).toEqual([]);
  });
  it('the ratchet for files has no entry that is no longer needed', () => {
    expect(Object.keys(RATCHET.files).filter((path) => (lengths.get(path) ?? 0) <= FILE_LINES_MAX)).toEqual([]);
  });
  const functions = new Map(production.flatMap(functionLengths).map(({ key, lines }) => [key, lines]));
  it(`no function is longer than ${FUNCTION_LINES_MAX} lines, or than it was`, () => {
    expect([...functions].filter(([key, lines]) => lines > (RATCHET.functions[key] ?? FUNCTION_LINES_MAX)).map(([key, lines]) => `${key}: ${lines}`)).toEqual([]);
  });
  it('the ratchet for functions has no entry that is no longer needed', () => {
    expect(Object.keys(RATCHET.functions).filter((key) => (functions.get(key) ?? 0) <= FUNCTION_LINES_MAX)).toEqual([]);
  });
});

describe('names', () => {
  it('files are kebab-case with their role as a suffix', () => {
    const odd = typescript.filter((file) => !/(?:^|\/)[a-z0-9$]+(?:-[a-z0-9]+)*(?:\.[a-z0-9$]+(?:-[a-z0-9]+)*)*\.tsx?$/.test(file.path));
    expect(odd.map((file) => file.path)).toEqual([]);
  });
  it('nothing is called after nothing', () => {
    const empty = /(?:^|[a-z0-9])(?:Manager|Helper|Utils?)$|^(?:manager|helper|utils?)$/;
    expect(typescript.flatMap((file) => declaredNames(file).filter((name) => empty.test(name)).map((name) => `${file.path}: ${name}`))).toEqual([]);
    expect(code.filter((file) => /(?:^|[/.-])(?:manager|helper|utils?)(?:s?\.[a-z.]+)$/.test(file.path)).map((file) => file.path)).toEqual([]);
  });
});

describe('nothing is left over:', () => {
  // Written in pieces, so that this file does not find itself.
  it('no note to come back later', () => {
    expect(findings(files, new RegExp(`\\b(?:${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['XX', 'X'].join('')})\\b`))).toEqual([]);
  });
  it('no test that is left out or runs alone', () => {
    const tests = typescript.filter((file) => file.path.endsWith('.test.ts') || /\.contract\.ts$/.test(file.path));
    expect(findings(tests, /\b(?:describe|it|test)\.(?:only|skip|todo|failing)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\(/)).toEqual([]);
  });
  it('no path of one machine', () => {
    expect(findings(files, new RegExp(`(?:^|[\\s"'\`(=:])/${['wo', 'rk'].join('')}/`))).toEqual([]);
    // Tests may make up a home folder; nothing else may name one.
    const invented = new Set(typescript.filter((file) => !production.includes(file)));
    expect(findings(files.filter((file) => !invented.has(file)), /(?:^|[\s"'`(=:])\/(?:root|home\/[a-z]+|Users)\//)).toEqual([]);
  });
  it('no folder of /tmp by its name: the system says where it is', () => {
    expect(findings(typescript, new RegExp(`["'\`]/${'tmp'}/[a-z]`))).toEqual([]);
  });
  it('no host of a package registry', () => {
    const hosts = ['registry', 'npmjs', 'pypi', 'pythonhosted', 'debian', 'ubuntu', 'maven', 'mirror', 'artifactory', 'proxy'].join('|');
    expect(findings(files, new RegExp(`https?://[a-z0-9.-]*(?:${hosts})[a-z0-9.-]*\\.[a-z]{2,}`))).toEqual([]);
  });
});

describe('pages', () => {
  const links = pages.flatMap((page) =>
    [...page.text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)]*)?\)/g)].map((match) => [page.path, match[1] ?? ''] as const),
  );
  it('link only to what is there', () => {
    expect(links.filter(([page, link]) => !isThere(normalize(join(dirname(page), link)))).map(([page, link]) => `${page} → ${link}`)).toEqual([]);
  });
  it('name only files that are there', () => {
    const named = pages.flatMap((page) =>
      [...page.text.matchAll(/`((?:domain|workflows|activities|infra|services|test|docs|scripts)\/[^`\s<*{…]*)`/g)].map((match) => [page.path, match[1] ?? ''] as const),
    );
    expect(named.filter(([, path]) => !isThere(path)).map(([page, path]) => `${page} → ${path}`)).toEqual([]);
  });
  it('stand in each folder at the top', () => {
    const folders = ['domain', 'workflows', 'activities', 'infra', 'services', 'test'];
    expect(folders.filter((folder) => !isThere(`${folder}/README.md`))).toEqual([]);
  });
  it('list every decision', () => {
    const index = readFileSync(join(repository, 'docs/decisions/README.md'), 'utf8');
    const decisions = readdirSync(join(repository, 'docs/decisions')).filter((page) => /^\d{4}-/.test(page));
    expect(decisions.filter((page) => !index.includes(`(${page})`))).toEqual([]);
    expect(decisions.map((page) => page.slice(0, 4))).toEqual(decisions.map((_, index0) => String(index0 + 1).padStart(4, '0')));
  });
});

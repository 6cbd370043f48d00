import ts from 'typescript';
import type { TextFile } from './repository-files.js';

export interface FunctionLength {
  /** `path#name`, the key of the ratchet. */
  readonly key: string;
  readonly lines: number;
}

const parse = (file: TextFile): ts.SourceFile => ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);

const walk = (node: ts.Node, visit: (node: ts.Node) => void): void => {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
};

/** Name of the function, or of what it is assigned to; those without either count with what surrounds them. */
const nameOf = (node: ts.FunctionLikeDeclaration): string | undefined => {
  if (node.name !== undefined) return node.name.getText();
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const { parent } = node;
  if ((ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) && parent.initializer === node) return parent.name.getText();
  return undefined;
};

export const functionLengths = (file: TextFile): FunctionLength[] => {
  const source = parse(file);
  const lengths: FunctionLength[] = [];
  walk(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
    const name = nameOf(node);
    if (name === undefined) return;
    const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
    lengths.push({ key: `${file.path}#${name}`, lines: lineOf(node.getEnd()) - lineOf(node.getStart(source)) + 1 });
  });
  return lengths;
};

/** Names that this file gives: what it imports is named by others. */
export const declaredNames = (file: TextFile): string[] => {
  const names: string[] = [];
  walk(parse(file), (node) => {
    if (ts.isImportClause(node) || ts.isImportSpecifier(node)) return;
    const { name } = node as { name?: ts.Node };
    if (ts.isPropertyAccessExpression(node) || name === undefined || !ts.isIdentifier(name)) return;
    names.push(name.text);
  });
  return names;
};

import { InvalidArgumentError, Option } from 'commander';

export interface ListOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It is a whole number from 1.');
  return value;
};

/** Of every list. */
export const listOptions = (): Option[] => [
  new Option('--limit <count>', 'at most so many').argParser(count),
  new Option('--cursor <cursor>', 'go on where a list ended: its nextCursor'),
];

/** In a query a number is text. */
export const pageQuery = ({ limit, cursor }: ListOptions): { limit?: string; cursor?: string } => ({
  ...(limit === undefined ? {} : { limit: String(limit) }),
  ...(cursor === undefined ? {} : { cursor }),
});

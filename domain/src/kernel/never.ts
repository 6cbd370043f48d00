/** Marks the branch that the compiler proves unreachable; reaching it at run time is a bug. */
export const never = (value: never): never => {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
};

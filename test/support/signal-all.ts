/** Of lines that begin with a pid; one that has ended meanwhile, as children do with their parent, needs no signal. */
export const signalAll = (processes: readonly string[], signal: NodeJS.Signals): void => {
  for (const line of processes) {
    try {
      process.kill(Number(line.split(' ')[0]), signal);
    } catch (problem) {
      if ((problem as NodeJS.ErrnoException).code !== 'ESRCH') throw problem;
    }
  }
};

import { MachineUnreachable } from '@holdfast/domain';
import { TransportFailed } from '../debian/transport.js';
import { problemOf } from './inspect-host.js';

const codeOf = ({ unreachableCode }: TransportFailed): { code?: string } => (unreachableCode === undefined ? {} : { code: unreachableCode });

/** What fails on the way to a host, in the words of the port. */
export const reaching = async <T>(machineId: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (problem) {
    if (problem instanceof TransportFailed) throw new MachineUnreachable(`The host of machine ${machineId} cannot be reached: ${problem.message}`, { cause: problem, ...codeOf(problem) });
    throw problem;
  }
};

/** A host that is down says nothing; what is wrong otherwise is told. */
export const unlessUnreachable = (error: unknown): undefined => {
  if (problemOf(error) === undefined) throw error;
  return undefined;
};

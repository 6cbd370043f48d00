import { Option } from 'commander';
import type { HoldfastApi } from '../client/holdfast-api.js';

export const clusterOption = (): Option => new Option('--cluster <cluster>', "the node's cluster; found by the node's name when absent");

/** The cluster that is named, else the one that the node belongs to. Throws CliFailure when there is no such node. */
export const clusterOfNode = async (api: HoldfastApi, node: string, given: string | undefined): Promise<string> => {
  if (given !== undefined) return given;
  const found = await api.answer(api.http.GET('/v1/nodes/{node}', { params: { path: { node } } }));
  return found.cluster.id;
};

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { insist } from '../ask.js';
import type { CliContext } from '../context.js';
import type { Leaf } from '../leaf.js';
import { destroyMachines } from '../stack/machines.js';
import { giveHostsBack } from '../stack/own-hosts.js';
import { Stack } from '../stack/stack.js';

/** What the parts keep in the home. Only these are removed, so that a home that holds other things keeps them. */
const STATE = ['event-store', 'temporal', 'keys', 'log', 'run', 'local', 'admin-token'];

export const resetCommand: Leaf<object> = {
  usage: 'reset',
  summary: 'Stop everything and remove all state, clusters and their data included; programs stay',
  examples: ['./holdfast reset --yes'],
  run: async (context) => {
    const stack = new Stack(context.env, context.repository, context.say);
    const { home, configuration } = stack.places;
    await insist(context, `All clusters of ${home} and their data will be removed for good.`);
    const hosts = await giveBack(context, stack);
    await stack.stop();
    const machines = await destroyMachines(stack.places);
    const removed = [...STATE.map((name) => join(home, name)), configuration.machinesDirectory, configuration.tokenFile]
      .map((path) => resolve(path))
      .filter((path, index, all) => all.indexOf(path) === index && existsSync(path));
    for (const path of removed) rmSync(path, { recursive: true, force: true });
    if (existsSync(home) && readdirSync(home).length === 0) rmSync(home, { recursive: true });
    context.document({ home, machines: machines + hosts, removed });
    context.print(`Removed ${machines + hosts} machines of clusters and the state in ${home}.\nNext: ./holdfast up\n`);
  },
};

/** Servers over SSH, as long as facts and keys are there; the worker must not make new ones meanwhile. Answers how many served. */
const giveBack = async (context: CliContext, stack: Stack): Promise<number> => {
  const store = (await stack.status()).find(({ name }) => name === 'event-store');
  if (store?.state !== 'running' && store?.state !== 'elsewhere') {
    context.say('Servers over SSH were not looked at, since the event store does not run. To give them back: ./holdfast up, then reset again.');
    return 0;
  }
  await stack.stopPart('worker');
  const { given, kept } = await giveHostsBack(stack.places);
  for (const { address, machineId, reason } of kept) context.say(`${address} keeps machine ${machineId}: ${reason}`);
  return given;
};

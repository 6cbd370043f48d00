import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import type { Machine } from '@holdfast/domain';
import { cancelling, commands } from './machine.contract-commands.js';
import { files, largeFiles, sockets, software } from './machine.contract-files.js';
import { services, stoppingServices } from './machine.contract-services.js';
import { takingOver } from './machine.contract-takeover.js';
import { request, type MakeProviderHarness, type ProviderHarness } from './machine.harness.js';

/** What every machine promises to engines and endpoints. */
export const machineContract = (name: string, make: MakeProviderHarness): void => {
  // On a busy computer, over a slow connection; what must be fast has a limit of its own.
  jest.setTimeout(120_000);
  describe(`machine of ${name}`, () => {
    let harness: ProviderHarness;
    let machine: Machine;
    beforeAll(async () => {
      harness = await make();
      machine = await harness.provider.create(request());
    }, 600_000);
    afterAll(async () => harness?.destroy(), 120_000);

    commands(() => machine);
    cancelling(() => harness, () => machine);
    files(() => machine);
    largeFiles(() => harness, () => machine);
    software(() => harness, () => machine);
    sockets(() => machine);
    services(() => harness, () => machine);
    stoppingServices(() => harness, () => machine);
    takingOver(() => harness, () => machine);
  });
};

import { HaproxyEndpoint } from '@holdfast/infra/endpoints/haproxy';
import { endpointContract } from './endpoint.contract.js';
import { localHarness } from './machine.local-harness.js';
import { eventually, pidLives, request } from './machine.harness.js';

/** A name so long that no Unix socket could have the path of a file in the machine. */
const LONG = `endpoint-${'x'.repeat(100)}`;

endpointContract('haproxy on local machines', async () => {
  const local = await localHarness();
  const servers = await local.provider.create(request([]));
  const network = servers.address.split('.').slice(0, 3).join('.');
  return {
    driver: new HaproxyEndpoint(),
    createMachine: (ports) => local.provider.create(request(ports, LONG)),
    backendHost: (index) => `${network}.${100 + index}`,
    crash: async (machine) => {
      const { pid } = await machine.serviceStatus('haproxy');
      if (pid === undefined) throw new Error('It does not run.');
      await machine.run({ argv: ['kill', '-9', String(pid)], timeoutMs: 20_000 });
      await eventually('it is dead', () => !pidLives(pid));
    },
    destroy: local.destroy,
  };
});

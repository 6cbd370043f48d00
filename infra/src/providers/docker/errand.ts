import type Docker from 'dockerode';
import { askDocker, unlessStatus } from './docker-api.js';
import { LABEL } from './docker-names.js';

const ERRAND_MS = 60_000;

/** Runs a short command in a container of its own without a network, and answers its output. The container is removed. */
export const runErrand = async (docker: Docker, installation: string, errand: { image: string; argv: string[]; volume?: string }): Promise<string> => {
  await removeLeftOver(docker, installation);
  const container = await askDocker(() =>
    docker.createContainer({
      Image: errand.image,
      Cmd: errand.argv,
      Tty: true,
      Labels: { [LABEL.installation]: installation, [LABEL.errand]: 'yes' },
      HostConfig: { NetworkMode: 'none', ...(errand.volume === undefined ? {} : { Mounts: [{ Type: 'volume', Source: errand.volume, Target: '/volume' }] }) },
    }),
  );
  try {
    await askDocker(() => container.start());
    const { StatusCode: code } = (await askDocker(() => container.wait({ abortSignal: AbortSignal.timeout(ERRAND_MS) }))) as { StatusCode: number };
    const output = (await askDocker(() => container.logs({ stdout: true, stderr: true, follow: false }))).toString('utf8').replaceAll('\r\n', '\n');
    if (code !== 0) throw new Error(`${errand.argv.join(' ')} in a container of ${errand.image} ended with ${code}: ${output.slice(-1000)}`);
    return output;
  } finally {
    await unlessStatus([404, 409], () => container.remove({ force: true }));
  }
};

/** Those of callers that were killed in the middle; an errand that is older than its limit is nobody's. */
const removeLeftOver = async (docker: Docker, installation: string): Promise<void> => {
  const filters = { label: [`${LABEL.installation}=${installation}`, `${LABEL.errand}=yes`] };
  const old = Date.now() / 1000 - (2 * ERRAND_MS) / 1000;
  for (const { Id, Created } of await askDocker(() => docker.listContainers({ all: true, filters }))) {
    if (Created < old) await unlessStatus([404, 409], () => docker.getContainer(Id).remove({ force: true }));
  }
};

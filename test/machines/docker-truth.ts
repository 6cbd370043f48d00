import Docker from 'dockerode';

/** What of an installation is at a Docker, sorted: ids of containers' machines, names of volumes and of networks. */
export const atDocker = async (socketPath: string, installation: string): Promise<{ containers: string[]; volumes: string[]; networks: string[] }> => {
  const docker = new Docker({ socketPath });
  const filters = { label: [`io.holdfast.installation=${installation}`] };
  const [containers, volumes, networks] = await Promise.all([docker.listContainers({ all: true, filters }), docker.listVolumes({ filters: JSON.stringify(filters) }), docker.listNetworks({ filters })]);
  return {
    containers: containers.map(({ Labels: labels }) => labels['io.holdfast.machine'] ?? labels['io.holdfast.errand'] ?? '').sort(),
    volumes: (volumes.Volumes ?? []).map(({ Name }) => Name).sort(),
    networks: networks.map(({ Name }) => Name).sort(),
  };
};

export const NOTHING = { containers: [], volumes: [], networks: [] };

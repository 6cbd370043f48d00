export interface CatalogueProvider {
  readonly id: string;
  readonly title: string;
  readonly regions: readonly string[];
  /** Price of each plan in millionths of a US dollar per hour; a plan that is not listed costs nothing. */
  readonly pricePerHourMicroUsd: Readonly<Record<string, number>>;
  readonly notDeployable?: string;
}

const NOT_BUILT = 'Its adapter is not built yet.';

export const PROVIDERS: readonly CatalogueProvider[] = [
  { id: 'local', title: 'This machine', regions: ['local'], pricePerHourMicroUsd: {} },
  { id: 'docker', title: 'Docker', regions: ['local'], pricePerHourMicroUsd: {} },
  { id: 'ssh', title: 'Your servers over SSH', regions: ['own'], pricePerHourMicroUsd: {} },
  { id: 'hetzner', title: 'Hetzner Cloud', regions: ['fsn1', 'nbg1', 'hel1'], pricePerHourMicroUsd: {}, notDeployable: NOT_BUILT },
  { id: 'digitalocean', title: 'DigitalOcean', regions: ['fra1', 'ams3', 'nyc3'], pricePerHourMicroUsd: {}, notDeployable: NOT_BUILT },
  { id: 'aws', title: 'Amazon Web Services', regions: ['eu-central-1', 'us-east-1'], pricePerHourMicroUsd: {}, notDeployable: NOT_BUILT },
];

export const findProvider = (id: string): CatalogueProvider | undefined => PROVIDERS.find((provider) => provider.id === id);

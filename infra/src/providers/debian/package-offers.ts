/** What apt offers on machines that are alike, such as those of one image: asked of one of them, for all. */
export class PackageOffers {
  private known: Promise<string> | undefined;

  /** @param ask what `apt-cache policy` told; what another's question came to is no reason to fail */
  async read(ask: () => Promise<string>): Promise<string> {
    const told = this.known === undefined ? undefined : await this.known.catch(() => undefined);
    if (told !== undefined) return told;
    this.known = ask();
    return this.known;
  }
}

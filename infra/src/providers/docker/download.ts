import { packagedSoftware, SOFTWARE_TABLE, type PackagedSoftware } from '../debian/software-table.js';

/** What is to lie downloaded in an image is no version of a software that machines can have. Nothing was built. */
export class NotADownload extends Error {
  override readonly name = 'NotADownload';
}

/** From `mysql@9.7`. Throws NotADownload; whether the sources have that version is seen in the image. */
export const readDownload = (name: string): { readonly entry: PackagedSoftware; readonly version: string } => {
  const [, software = '', version = ''] = /^([a-z]+)@(\d+(?:\.\d+)?)$/.exec(name) ?? [];
  const entry = packagedSoftware(software);
  if (entry === undefined) throw new NotADownload(`${name} is not a version that can be downloaded: one looks like mysql@9.7. Known: ${SOFTWARE_TABLE.map((one) => one.software).join(', ')}.`);
  return { entry, version };
};

/** Text without the names and passwords that addresses in it carry, such as `https://user:secret@packages.example/debian`. */
export const withoutCredentials = (text: string): string => text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1');

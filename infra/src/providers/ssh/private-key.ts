import ssh2 from 'ssh2';

/** What is wrong with a private key, as a sentence that tells nothing of it; undefined when it can be used. */
export const faultOfPrivateKey = (text: string): string | undefined => {
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) {
    if (/passphrase|encrypted/i.test(parsed.message)) return 'The private key is protected by a passphrase. Make one without for Holdfast: ssh-keygen -t ed25519 -N "" -f FILE.';
    return 'It is not a private key in the OpenSSH or PEM format. Make one: ssh-keygen -t ed25519 -N "" -f FILE.';
  }
  return parsed.isPrivateKey() ? undefined : 'It is a public key; the private one is needed, and stays in Holdfast, encrypted.';
};

import { createHash, createHmac } from 'node:crypto';
import { scramKeys, scramVerifier, UnusablePassword, verifierMatches } from './scram.js';

// The exchange of RFC 7677 §3: user "user", password "pencil".
const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const authMessage = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
const clientProof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
const serverSignature = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

const hmac = (key: Buffer): Buffer => createHmac('sha256', key).update(authMessage).digest();

describe('SCRAM keys', () => {
  const { storedKey, serverKey } = scramKeys('pencil', salt, 4096);

  it('sign as the server of RFC 7677', () => {
    expect(hmac(serverKey).toString('base64')).toBe(serverSignature);
  });

  it('accept the proof of the client of RFC 7677', () => {
    const signature = hmac(storedKey);
    const clientKey = Buffer.from(clientProof.map((byte, at) => byte ^ signature[at]!));
    expect(createHash('sha256').update(clientKey).digest()).toEqual(storedKey);
  });
});

describe('a verifier', () => {
  it('has the form PostgreSQL recognises and does not hold the password', () => {
    expect(scramVerifier('pencil', salt)).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/);
  });
  it('is salted anew each time, and each matches its password only', () => {
    const [one, two] = [scramVerifier('pencil'), scramVerifier('pencil')];
    expect(one).not.toBe(two);
    expect(verifierMatches(one, 'pencil')).toBe(true);
    expect(verifierMatches(two, 'pencil')).toBe(true);
    expect(verifierMatches(one, 'pencils')).toBe(false);
  });
  it.each([null, '', 'md5abc', 'SCRAM-SHA-256$4096:xx'])('of %p matches nothing', (stored) => {
    expect(verifierMatches(stored, 'pencil')).toBe(false);
  });
  it.each(['', 'pässword', 'a\nb'])('is refused for the password %p', (password) => {
    expect(() => scramVerifier(password)).toThrow(UnusablePassword);
  });
});

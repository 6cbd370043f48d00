import { describe, expect, it } from '@jest/globals';
import { installedBySimulation } from './apt.js';

describe('the packages that apt would install', () => {
  it('are read from its simulation', () => {
    const output = [
      'The following NEW packages will be installed:',
      '  haproxy liblua5.3-0',
      'Inst liblua5.3-0 (5.3.6-2 Debian:12.1/stable [amd64])',
      'Inst haproxy (2.6.12-1+deb12u4 Debian:12.1/stable [amd64])',
      'Conf liblua5.3-0 (5.3.6-2 Debian:12.1/stable [amd64])',
    ].join('\n');
    expect(installedBySimulation(output)).toEqual(['liblua5.3-0', 'haproxy']);
  });
  it('are none when nothing is missing', () => {
    expect(installedBySimulation('0 upgraded, 0 newly installed, 0 to remove.')).toEqual([]);
  });
});

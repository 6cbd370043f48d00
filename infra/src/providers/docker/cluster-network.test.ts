import { describe, expect, it } from '@jest/globals';
import { prefixesOfRoutes } from './cluster-network.js';

/** As /proc/net/route was on a computer with two bridges, the second one's machines stopped. */
const TABLE = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
br-985156f671d9\t005BD10A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
br-09e6c49c961a\t0089D10A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
tun0\t0000D10A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
tun1\t0707D10A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0
`;

describe('subnets that this computer has routes into', () => {
  it('are those of its bridges, up or down, and of single addresses', () => {
    expect(prefixesOfRoutes(TABLE)).toEqual(['10.209.91', '10.209.137', '10.209.7']);
  });
  it('are none where there is no route', () => {
    expect(prefixesOfRoutes(TABLE.split('\n')[0] ?? '')).toEqual([]);
  });
});

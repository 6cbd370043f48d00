import { machineContract } from '../contracts/machine.contract.js';
import { sshHarness } from './machine.ssh-harness.js';

machineContract('ssh', () => sshHarness(1));

import { machineContract } from './machine.contract.js';
import { localHarness } from './machine.local-harness.js';

machineContract('local', localHarness);

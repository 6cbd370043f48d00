import { machineContract } from './machine.contract.js';
import { dockerHarness } from './machine.docker-harness.js';

machineContract('docker', dockerHarness);

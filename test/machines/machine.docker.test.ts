import { machineContract } from '../contracts/machine.contract.js';
import { dockerHarness } from './machine.docker-harness.js';

machineContract('docker', dockerHarness);

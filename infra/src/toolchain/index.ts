export { unpackPackage } from './apt.js';
export * from './command.js';
export * from './install.js';
export { installFolder } from './install-folder.js';
export { writeStarter } from './starter.js';
export * from './locate.js';
export * from './postgres-server.js';
export * from './system-user.js';
export * from './software.js';

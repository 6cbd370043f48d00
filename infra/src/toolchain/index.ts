export * from './command.js';
export * from './install.js';
export * from './locate.js';

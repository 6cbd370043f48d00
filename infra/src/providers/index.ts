export { reap, type ReaperOptions, type ReaperReport } from './reaper.js';

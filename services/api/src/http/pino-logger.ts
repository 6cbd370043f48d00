import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Nest's own messages and those of our classes in the process' log. Nest passes the context as the last argument. */
export class PinoLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(...given: unknown[]): void {
    this.write('info', given);
  }
  error(...given: unknown[]): void {
    this.write('error', given);
  }
  warn(...given: unknown[]): void {
    this.write('warn', given);
  }
  debug(...given: unknown[]): void {
    this.write('debug', given);
  }
  verbose(...given: unknown[]): void {
    this.write('trace', given);
  }
  fatal(...given: unknown[]): void {
    this.write('fatal', given);
  }

  private write(level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal', given: readonly unknown[]): void {
    const members: Record<string, unknown> = {};
    const sentences: string[] = [];
    for (const part of given) {
      if (part instanceof Error) members['err'] = part;
      else if (typeof part === 'object' && part !== null) Object.assign(members, part);
      else if (typeof part === 'string') sentences.push(part);
      else if (part !== undefined) sentences.push(JSON.stringify(part));
    }
    if (sentences.length > 1) members['context'] = sentences.pop();
    this.logger[level](members, sentences.join(' '));
  }
}

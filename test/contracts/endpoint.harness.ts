import { connect, createServer, type Socket } from 'node:net';
import type { Backend, EndpointDriver, Machine } from '@holdfast/domain';

export interface EndpointHarness {
  readonly driver: EndpointDriver;
  createMachine(ports: readonly number[]): Promise<Machine>;
  /** An address for a server of the test, which the endpoint's machine can reach. */
  backendHost(index: number): string;
  /** Kills the endpoint's program; its machine starts it again. */
  crash(machine: Machine): Promise<void>;
  destroy(): Promise<void>;
}

export const PORTS = { readWrite: 21_000 + (process.pid % 5_000), readOnly: 26_000 + (process.pid % 5_000) };
const BACKEND_PORT = 31_000 + (process.pid % 1_000);

/** A real server that says its name to who connects, and says back what it is told. */
export class TestServer {
  private readonly server = createServer((socket) => this.greet(socket));
  private readonly sockets = new Set<Socket>();
  readonly backend: Backend;

  constructor(name: string, host: string) {
    this.backend = { name, host, port: BACKEND_PORT };
  }

  listen(): Promise<this> {
    return new Promise((resolve) => this.server.listen(this.backend.port, this.backend.host, () => resolve(this)));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private greet(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write(`${this.backend.name}\n`);
    socket.on('data', (piece) => socket.write(piece));
  }
}

/** A client that remembers what it was told and when. */
export class Client {
  text = '';
  closedAt: number | undefined;
  private readonly socket: Socket;

  constructor(host: string, port: number, firstWords = '') {
    this.socket = connect(port, host);
    this.socket.on('data', (piece) => (this.text += piece.toString()));
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => (this.closedAt = performance.now()));
    if (firstWords) this.socket.write(firstWords);
  }

  get server(): string {
    return this.text.split('\n')[0] ?? '';
  }

  say(text: string): void {
    this.socket.write(text);
  }

  leave(): void {
    this.socket.destroy();
  }
}

/** What the parts of the contract see. */
export interface World {
  harness(): EndpointHarness;
  machine(): Machine;
  server(index: number): TestServer;
  backend(index: number): Backend;
  client(side: keyof typeof PORTS, firstWords?: string): Client;
  /** A client that has been answered, or refused. */
  served(side: keyof typeof PORTS): Promise<Client>;
}

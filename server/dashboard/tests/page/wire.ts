// A network between a page and its server, which can be cut in the middle of an answer.

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Wire {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  /** So many bytes come through of each answer before the connection is reset. */
  private most = Number.POSITIVE_INFINITY;
  /** How many connections were cut. */
  cuts = 0;

  constructor(private readonly to: URL) {}

  /** The address at this end. */
  async open(): Promise<string> {
    this.server = createServer(client => this.join(client)).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** From now on no answer comes through but for its first bytes. */
  cut(most: number): void {
    this.most = most;
  }

  mend(): void {
    this.most = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.server?.close();
    for (const socket of this.sockets) {
      socket.destroy();
    }
  }

  private join(client: Socket): void {
    const server = connect(Number(this.to.port), this.to.hostname);
    let left = Number.POSITIVE_INFINITY;
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', bytes => {
      left = this.most;
      // The server answers to its own name alone.
      const asked = bytes.toString('latin1').replaceAll(`127.0.0.1:${client.localPort}`, this.to.host);
      server.write(Buffer.from(asked, 'latin1'));
    });
    server.on('data', bytes => {
      left = Math.min(left, this.most);
      client.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left < 0) {
        this.cuts++;
        client.resetAndDestroy();
      }
    });
  }
}

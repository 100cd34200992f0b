import type { Send } from './send.ts';

/** A target's host is an instance id, never a DNS name; batcave01 and the like are named in the estate with their address and host keys. */
export type HostRef = { readonly instance: string; readonly user?: string } | { readonly host: string };

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A long command that was started detached in a directory named by its key. */
export type Detached =
  | { readonly is: 'absent' }
  /** Its process lives: pid and start time as in the directory, read under a lock. */
  | { readonly is: 'running'; readonly since: number; readonly tail: readonly string[] }
  | { readonly is: 'ended'; readonly code: number; readonly tail: readonly string[] }
  /** No process and no exit status: killed, or the host was rebooted. */
  | { readonly is: 'lost'; readonly tail: readonly string[] };

/** Host keys that are pinned for an instance: OpenSSH public key lines without comment ("ssh-ed25519 AAAA…"). */
export type HostKeys = readonly string[];

export interface ShellReader {
  /**
   * Runs a reading program: argv is quoted in one place and checked against the allow-list of programs with their
   * arguments before it is sent (`mdadm --detail`, not `mdadm`). Runs as root. A non-zero exit is a result, not an error.
   *
   * @throws Refused code `not-a-reading-command` when the allow-list doesn't hold it; `wrong-host` when the host says another
   *   instance id; `too-much-output` beyond 8 MiB of standard output, as a part could be taken for all.
   * @throws Unknown the connection dropped, timed out or couldn't be made.
   */
  read(
    host: HostRef,
    argv: readonly string[],
    options?: { readonly limitMs?: number; readonly as?: string },
  ): Promise<Result>;
  /** A whole text file (at most 1 MiB), or undefined when there is none. */
  file(host: HostRef, path: string): Promise<string | undefined>;
  /** State of the detached command of a key, with at most its last 50 lines, of which long ones are cut and say so. */
  detached(host: HostRef, run: string, key: string): Promise<Detached>;
  /** At most 1 MiB of the output of a detached command from a byte offset on; `size` is how much there is in all, in bytes. */
  output(
    host: HostRef,
    run: string,
    key: string,
    fromByte: number,
  ): Promise<{ readonly text: string; readonly next: number; readonly size: number }>;
}

/**
 * Everything here goes through the guard: in the same remote command it checks the instance id (IMDSv2, over this very
 * session) and refuses a lease lower than the highest that the host has seen of this run.
 *
 * @throws Refused codes `wrong-host`, `older-lease`: nothing was run.
 * @throws Unknown the connection dropped or the limit passed: it may have run.
 * @throws NotSent the command never left.
 */
export interface ShellWriter {
  /**
   * A short command (limit 30 s unless told). A non-zero exit is a result. Of what it prints the beginning and the end are
   * kept, 512 KiB each of standard output and 64 KiB each of standard error; a line says what is cut between them.
   */
  run(
    host: HostRef,
    argv: readonly string[],
    send: Send,
    options?: { readonly limitMs?: number; readonly as?: string; readonly stdin?: string },
  ): Promise<Result>;
  /** Starts a long command detached. Making the directory is the claim: a second start of the same key is none. */
  start(host: HostRef, argv: readonly string[], send: Send, options?: { readonly as?: string }): Promise<void>;
  /**
   * Replaces a file as a whole (temporary file, fsync, rename), keeping owner, mode and SELinux context of the one before.
   *
   * @throws Refused `not-text` where its text was read of bytes that are no UTF-8, which would be lost.
   */
  write(host: HostRef, path: string, content: string, send: Send, options?: { readonly mode?: string }): Promise<void>;
}

/** Connections are kept between commands. */
export interface ShellSessions {
  /** Closes those to a host, whoever is logged in (before its address moves); without one all of them. */
  close(host?: HostRef): Promise<void>;
}

/** Pins of instances are outputs of a run or lines of the estate; the adapter asks for them at each connection. */
export interface HostKeyring {
  keysOf(instance: string): Promise<HostKeys | undefined>;
}

import type { Probe } from '../probe.ts';
import { FRAMING } from './framing.ts';
import { HOST_HEADER } from './host-header.ts';
import { TLS } from './tls.ts';
import { TUNNELS, UPGRADES } from './tunnels.ts';

/** Requests and ClientHellos that name two hosts, or that two parsers split differently. */
export const HEADS: readonly Probe[] = [...HOST_HEADER, ...TUNNELS, ...FRAMING, ...UPGRADES, ...TLS];

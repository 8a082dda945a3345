import type { CompiledRule } from './compile.ts';
export interface PatternMatch {
  readonly rule: { readonly id: string; readonly advisory?: true };
  readonly secret: string;
  readonly at: number;
}
export type PatternScan = (text: Uint8Array, final: boolean) => readonly PatternMatch[];
export function createPatternScan(_: readonly CompiledRule[]): PatternScan {
  return () => [];
}

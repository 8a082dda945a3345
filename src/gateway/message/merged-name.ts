/** A header's name as servers that merge names see it. */
export const mergedName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-');

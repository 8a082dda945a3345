/**
 * The fields of a request by which a client asks for an answer in another coding, of which a secret may be told where nobody reads it,
 * or for a part of one, of which nobody can say what it is a part of: RFC 9110, 12.5.3 and 14.2; gRPC and Connect, whose messages are
 * compressed one by one; the range of Azure's storage. A host that is lent a secret gets none of them.
 */
export const NOT_WHOLE: readonly string[] = [
  'accept-encoding',
  'grpc-accept-encoding',
  'connect-accept-encoding',
  'range',
  'if-range',
  'x-ms-range',
];

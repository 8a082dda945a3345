/** The one place in a request where the gateway puts a secret. */
export type Slot =
  /** The value as it stands; the name is in lower case. */
  | { readonly kind: 'header'; readonly name: string }
  /** `Authorization: Bearer VALUE` */
  | { readonly kind: 'bearer' }
  /** `Authorization: Basic base64(user:VALUE)`, as git and registries accept it. */
  | { readonly kind: 'basic'; readonly user: string }
  /** A parameter of the query. */
  | { readonly kind: 'query'; readonly name: string }
  /** AWS Signature Version 4. The secret is the secret access key, or all credentials if there is no `accessKeyId`. */
  | {
      readonly kind: 'sigv4';
      readonly service: string;
      readonly region: string;
      readonly accessKeyId?: string;
    };

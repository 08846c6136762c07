// Passkeys: what the server writes as JSON becomes what the browser's own call takes, and back.
// The browsers' own parseCreationOptionsFromJSON is younger than those that we serve.

type Json = Record<string, unknown>;
interface Named { readonly id: string; readonly type: "public-key"; readonly transports?: AuthenticatorTransport[] }

/** Bytes of a base64url text. */
export function bytesOf(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = new Uint8Array(plain.length);
  for (let at = 0; at < plain.length; at += 1) bytes[at] = plain.charCodeAt(at);
  return bytes.buffer;
}

/** The base64url text of bytes, without padding. */
export function textOf(bytes: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const named = (one: Named): PublicKeyCredentialDescriptor => ({ ...one, id: bytesOf(one.id) });

/** Have the browser make a passkey for this account. */
export async function make(options: Json): Promise<string> {
  const user = options["user"] as { id: string; name: string; displayName: string };
  const made = await navigator.credentials.create({
    publicKey: {
      ...(options as unknown as PublicKeyCredentialCreationOptions),
      challenge: bytesOf(options["challenge"] as string),
      user: { ...user, id: bytesOf(user.id) },
      excludeCredentials: ((options["excludeCredentials"] ?? []) as Named[]).map(named),
    },
  });
  const key = made as PublicKeyCredential;
  const answer = key.response as AuthenticatorAttestationResponse;
  return written(key, { attestationObject: textOf(answer.attestationObject) });
}

/** Have the browser show a passkey of this account. */
export async function show(options: Json): Promise<string> {
  const shown = await navigator.credentials.get({
    publicKey: {
      ...(options as unknown as PublicKeyCredentialRequestOptions),
      challenge: bytesOf(options["challenge"] as string),
      allowCredentials: ((options["allowCredentials"] ?? []) as Named[]).map(named),
    },
  });
  const key = shown as PublicKeyCredential;
  const answer = key.response as AuthenticatorAssertionResponse;
  return written(key, { authenticatorData: textOf(answer.authenticatorData), signature: textOf(answer.signature) });
}

function written(key: PublicKeyCredential, more: Json): string {
  const response = { clientDataJSON: textOf(key.response.clientDataJSON), ...more };
  return JSON.stringify({ id: key.id, rawId: textOf(key.rawId), type: key.type, response });
}

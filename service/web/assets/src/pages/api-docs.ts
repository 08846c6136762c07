// The API documentation page: Swagger UI over our own OpenAPI document, nothing from elsewhere.
interface SwaggerOptions {
  url: string; dom_id: string; deepLinking: boolean; validatorUrl: null; tryItOutEnabled: boolean;
  requestInterceptor(request: SwaggerRequest): SwaggerRequest;
}
interface SwaggerRequest { method?: string; headers: Record<string, string> }

declare global {
  interface Window { SwaggerUIBundle?: (options: SwaggerOptions) => unknown }
}

/** "Try it out" on the page uses the reader's own session, and so its CSRF token. */
function withToken(request: SwaggerRequest): SwaggerRequest {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  if (token && (request.method ?? "GET") !== "GET") request.headers["X-CSRF-Token"] = token;
  return request;
}

const place = document.querySelector<HTMLElement>("#api-docs");
if (place) {
  window.SwaggerUIBundle?.({
    url: place.dataset["openapi"] ?? "/api/openapi.json",
    dom_id: "#api-docs",
    deepLinking: true,
    validatorUrl: null,
    tryItOutEnabled: false,
    requestInterceptor: withToken,
  });
}

export {};

"""Sign-in to the console by OpenID Connect: the authorization code flow with PKCE, and sessions in sealed cookies."""

"""What a client asks of the server."""

from backend.errors.base import LabelguardError


class RequestError(LabelguardError):
    """A request that we do not take."""

    status = 400
    code = "bad_request"


class UnauthorizedError(RequestError):
    """Basic auth is set and the request's is missing or wrong."""

    status = 401
    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("user name or password is missing or wrong - set them in the backend's connection")


class WebhookSecretError(UnauthorizedError):
    """A webhook does not bring the secret."""

    def __init__(self) -> None:
        RequestError.__init__(self, "the webhook brings no secret, or a wrong one - labelguard connect sets it")


class BodyTooLargeError(RequestError):
    """The body is larger than the limit (bytes)."""

    status = 413
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes - send fewer tasks or raise LABELGUARD_MAX_BODY_BYTES")


class UnknownPathError(RequestError):
    """No such path."""

    status = 404
    code = "unknown_path"

    def __init__(self) -> None:
        super().__init__("no such path - the backend URL may hold one policy profile: http://host:9090/PROFILE")


class TooManyValuesError(RequestError):
    """The body's JSON holds more values, or more tasks, than are taken."""

    status = 413
    code = "too_many_values"

    def __init__(self, limit: int, what: str = "values") -> None:
        super().__init__(f"the body holds more than {limit} {what} - send fewer tasks at a time")


class UnknownMethodError(RequestError):
    """The path exists, and is asked by another method."""

    status = 405
    code = "unknown_method"

    def __init__(self) -> None:
        super().__init__("this path is asked by another method - /openapi.json lists them")


class ForeignFormError(RequestError):
    """A form of the console was not sent from its own page by who asked for it, or too late."""

    status = 403
    code = "foreign_form"

    def __init__(self) -> None:
        super().__init__("this form does not come from the console's own page, or is too old - open the page anew")


class NotAllowedError(RequestError):
    """A user of the console asks for what is the administrator's."""

    status = 403
    code = "not_allowed"

    def __init__(self) -> None:
        super().__init__("only the console's administrator may do this - sign in as admin")


class SignInError(RequestError):
    """A sign-in to the console did not come to its end.

    Args:
        problem: what is wrong, without a word of what came.
    """

    status = 403
    code = "sign_in"

    def __init__(self, problem: str) -> None:
        super().__init__(f"nobody was signed in: {problem} - sign in again")


class NoRoleError(RequestError):
    """Somebody whom the OpenID provider knows may not use the console.

    Args:
        claim: name of the claim that says who may.
    """

    status = 403
    code = "no_role"

    def __init__(self, claim: str) -> None:
        super().__init__(
            f"the OpenID provider knows you, and the claim {claim} has no value that lets you in here"
            " - ask whoever administers Labelguard to be let in"
        )


class IdentityProviderError(RequestError):
    """The OpenID provider cannot be asked, or gives answers that are none.

    Args:
        problem: what it did, without a word of its answer.
    """

    status = 502
    code = "identity_provider"

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"the OpenID provider {problem} - see LABELGUARD_CONSOLE_OIDC_ISSUER, and whether it runs there"
        )


class MalformedError(RequestError):
    """What came is no HTTP request."""

    def __init__(self) -> None:
        super().__init__("this is no HTTP/1.1 request, or its header is longer than 16 KiB")


class TooSlowError(RequestError):
    """A request did not come in time.

    Args:
        part: of the request.
        seconds: how long was waited.
    """

    status = 408
    code = "too_slow"

    def __init__(self, part: str, seconds: float) -> None:
        super().__init__(f"the request's {part} did not come: {seconds:g} s were waited")


class BusyError(RequestError):
    """As much as the server takes at a time is under way."""

    status = 503
    code = "busy"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} - try again in a few seconds")


class LoadingError(RequestError):
    """The server answers, and cannot predict yet."""

    status = 503
    code = "loading"

    def __init__(self) -> None:
        super().__init__("what looks for personal data, and what asks models, is being loaded - try again in seconds")

"""REST, the second interface to the same use cases: the paths under /api/v1/loyalty."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response, status
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from app.context import Contexts
from app.identity.tokens import actor_of
from app.interfaces.rest_bodies import (
    CompleteReferralBody,
    ConversionBody,
    InviteBody,
    IssueInviteBody,
    MemberBody,
    ProblemBody,
    ProgressBody,
    TierBody,
)
from domain import entities, values
from domain.commands import CompleteReferral, IssueReferralInvite
from domain.errors.not_found import UserNotFound
from resolvers import members, referrals, tiers
from resolvers.context import Context

PREFIX = "/api/v1/loyalty"
# After the draft draft-ietf-httpapi-idempotency-key-header-07.
KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"description": "A refusal.", "model": ProblemBody} for code in statuses}


# The middleware has verified the token. This adds "Authorize" to the documentation.
_bearer = HTTPBearer(auto_error=False, description="A token of your issuer, or of `loyalty token`.")


class _AdminRoute(APIRoute):
    """A path for admins: it checks the caller before it reads the body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_for_admin(request: Request) -> Response:
            actor_of(request.scope).require_admin()
            return await handle(request)

        return handle_for_admin


public = APIRouter(prefix=PREFIX, tags=["loyalty"], dependencies=[Depends(_bearer)])
for_admins = APIRouter(
    prefix=PREFIX, tags=["loyalty"], dependencies=[Depends(_bearer)], route_class=_AdminRoute
)


async def _context(request: Request) -> AsyncIterator[Context]:
    contexts: Contexts = request.app.state.contexts
    async with contexts.of_request(request.scope) as context:
        yield context


RequestContext = Annotated[Context, Depends(_context)]
UserId = Annotated[str, Path(description="The platform's own id of the user.")]
Key = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        description="A key of your choice. A repeated request gets the stored answer.",
    ),
]


@public.get(
    "/tiers",
    operation_id="getTiers",
    summary="The active tiers, by ascending threshold",
    responses=_refusals(401, 503),
)
async def get_tiers(context: RequestContext) -> list[TierBody]:
    """Public."""
    return [TierBody.of(tier) for tier in await tiers.list_tiers(context, include_inactive=False)]


@public.get(
    "/members/{user_id}",
    operation_id="getMember",
    summary="A user's membership, created if missing",
    responses=_refusals(400, 401, 403, 404, 503),
)
async def get_member(context: RequestContext, user_id: UserId) -> MemberBody:
    """For the user themselves, and for admins."""
    context.actor.require_self_or_admin(user_id)
    member = await members.get_member(context, values.user_id("userId", user_id))
    if member is None:
        raise UserNotFound(user_id)
    return await _member_body(context, member)


@for_admins.post(
    "/members/{user_id}/referrals",
    operation_id="issueReferral",
    summary="Issue a referral invite in a member's name",
    status_code=status.HTTP_201_CREATED,
    responses=_refusals(400, 401, 403, 404, 409, 413, 503),
)
async def post_referral(
    context: RequestContext,
    response: Response,
    user_id: UserId,
    body: IssueInviteBody,
    key: Key = None,
) -> InviteBody:
    """For admins."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    command = IssueReferralInvite(user_id=user_id, idempotency_key=key, **given)
    change = await referrals.issue_referral_invite(context, command)
    _mark_replay(response, change.replayed)
    return InviteBody.of(change.invite)


@for_admins.post(
    "/referrals/complete",
    operation_id="completeReferral",
    summary="Complete a referral and credit its rewards",
    responses=_refusals(400, 401, 403, 404, 409, 413, 503),
)
async def post_completion(
    context: RequestContext, response: Response, body: CompleteReferralBody, key: Key = None
) -> ConversionBody:
    """For admins. A repeated call with the same code and invitee gets the same answer."""
    command = CompleteReferral(code=body.code, invitee_id=body.invitee_id, idempotency_key=key)
    conversion = await referrals.complete_referral(context, command)
    _mark_replay(response, conversion.replayed)
    return ConversionBody(
        invite=InviteBody.of(conversion.invite),
        referrer=await _member_body(context, conversion.referrer),
        invitee=await _member_body(context, conversion.invitee),
        replayed=conversion.replayed,
    )


def _mark_replay(response: Response, replayed: bool) -> None:
    if replayed:
        response.headers[REPLAYED_HEADER] = "true"


async def _member_body(context: Context, member: entities.Member) -> MemberBody:
    tier = await members.tier_of(context, member.tier_id)
    progress = await members.progress_of(context, member.lifetime_points)
    next_tier = TierBody.of(progress.next_tier) if progress.next_tier else None
    return MemberBody.of(
        member,
        tier=TierBody.of(tier) if tier else None,
        progress=ProgressBody.of(progress, next_tier=next_tier),
    )

"""REST, the second door to the same use cases: the paths of the runbook under /api/v1/loyalty."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response, status
from fastapi.security import HTTPBearer

from app.context import Contexts
from app.rest_models import (
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
from domain.errors import UserNotFound
from resolvers import members, referrals, tiers
from resolvers.context import Context

PREFIX = "/api/v1/loyalty"
# After the draft draft-ietf-httpapi-idempotency-key-header-07.
KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": ProblemBody.model_json_schema()}}
    return {code: {"description": "A refusal.", "content": content} for code in statuses}


# The middleware has verified the token already: this is for the documentation's "Authorize".
_bearer = HTTPBearer(auto_error=False, description="A token of your issuer, or of `loyalty token`.")
router = APIRouter(prefix=PREFIX, tags=["loyalty"], dependencies=[Depends(_bearer)])


async def _context(request: Request) -> AsyncIterator[Context]:
    contexts: Contexts = request.app.state.contexts
    async with contexts.of_request(request.scope) as context:
        yield context


RequestContext = Annotated[Context, Depends(_context)]
UserId = Annotated[str, Path(description="The platform's own id of the user.", max_length=512)]
Key = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        description="Your own name for this request: repeated, it is answered as before.",
    ),
]


@router.get("/tiers", summary="The active tiers, by ascending threshold")
async def get_tiers(context: RequestContext) -> list[TierBody]:
    """Public."""
    return [TierBody.of(tier) for tier in await tiers.list_tiers(context, include_inactive=False)]


@router.get(
    "/members/{user_id}",
    summary="A user's membership, made if they have none",
    responses=_refusals(400, 401, 403, 404, 503),
)
async def get_member(context: RequestContext, user_id: UserId) -> MemberBody:
    """For the user themselves, and for admins."""
    context.actor.require_self_or_admin(user_id)
    member = await members.get_member(context, values.user_id("userId", user_id))
    if member is None:
        raise UserNotFound(user_id)
    return await _member_body(context, member)


@router.post(
    "/members/{user_id}/referrals",
    summary="Issue a referral invite in a member's name",
    status_code=status.HTTP_201_CREATED,
    responses=_refusals(400, 401, 403, 404, 409, 503),
)
async def post_referral(
    context: RequestContext,
    response: Response,
    user_id: UserId,
    body: IssueInviteBody,
    key: Key = None,
) -> InviteBody:
    """For admins."""
    context.actor.require_admin()
    given = {name: getattr(body, name) for name in body.model_fields_set}
    command = IssueReferralInvite(user_id=user_id, idempotency_key=key, **given)
    change = await referrals.issue_referral_invite(context, command)
    _mark_replay(response, change.replayed)
    return InviteBody.of(change.invite)


@router.post(
    "/referrals/complete",
    summary="Complete a referral, and credit whom it rewards",
    responses=_refusals(400, 401, 403, 404, 409, 503),
)
async def post_completion(
    context: RequestContext, response: Response, body: CompleteReferralBody, key: Key = None
) -> ConversionBody:
    """For admins. The same code with the same invitee again is answered as before."""
    context.actor.require_admin()
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
    return MemberBody(
        user_id=member.user_id,
        referral_code=member.referral_code,
        points_balance=member.points_balance,
        lifetime_points=member.lifetime_points,
        tier=TierBody.of(tier) if tier else None,
        tier_since=member.tier_since,
        progress=ProgressBody.of(progress),
        created_at=member.created_at,
    )

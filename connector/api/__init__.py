"""The `/v1` API for store admins and back ends, the customer's status page, and health."""

from __future__ import annotations

from flask import Blueprint

from connector.api import (
    connect,
    eligibility,
    health,
    licences,
    openapi,
    packages,
    protocols,
    reasons,
    requests,
    status,
    tickets,
    wordpress,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    connect.blueprint,
    wordpress.blueprint,
    eligibility.blueprint,
    licences.blueprint,
    protocols.blueprint,
    packages.blueprint,
    requests.blueprint,
    tickets.blueprint,
    status.blueprint,
    health.blueprint,
    openapi.blueprint,
    reasons.blueprint,
)

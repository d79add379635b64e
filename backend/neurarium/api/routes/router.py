"""How every file of routes begins."""

from fastapi import APIRouter


def new_router(tag: str, prefix: str = "") -> APIRouter:
    """Make a router whose routes are called by their functions' names in the schema."""
    return APIRouter(
        prefix=prefix, tags=[tag], generate_unique_id_function=lambda route: route.name
    )

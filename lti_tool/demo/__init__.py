"""The demonstration ENT: a small but real LTI 1.3 platform, for whoever has no Moodle at hand.

It is another site than the tool: own pages, own look, own database, own key. It speaks to the tool by the
specifications alone (Dynamic Registration, LTI core, Deep Linking, AGS, NRPS), over HTTP, and nothing is
short-circuited. Anyone may be anyone in it, so it runs on loopback only.
"""

from lti_tool.demo.views import create_blueprint

__all__ = ["create_blueprint"]

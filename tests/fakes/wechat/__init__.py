"""WeChat's server on 127.0.0.1 that behaves as documented, and its users, to be scripted from tests.

Sources: developers.weixin.qq.com (receiving messages, passive replies, encryption, customer-service messages and their
quota, temporary material, stable access token, menu, return codes). It was written from the documentation alone; no account
of the real service was at hand.
"""

from tests.fakes.wechat.server import WeChat

__all__ = ["WeChat"]

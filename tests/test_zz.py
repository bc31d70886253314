import asyncio, pytest
from tests.test_webrtc_source import watching, failure_of, NativePeerCamera
async def test_x(hass, native_camera, ):
    native_camera.no_microphone=True
    import aiortc
    o=aiortc.RTCPeerConnection.setRemoteDescription
    async def srd(self, d):
        try: await o(self,d)
        except Exception:
            import traceback; traceback.print_exc(); raise
    aiortc.RTCPeerConnection.setRemoteDescription=srd
    async with watching(hass, native_camera) as v:
        f=await v.frame()

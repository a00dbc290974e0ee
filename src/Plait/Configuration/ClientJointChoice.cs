namespace Plait.Configuration;

/// <summary>How a stream leaves a client transport towards the next hop (<c>ClientTransportJoint</c>).</summary>
public enum ClientJointChoice
{
    /// <summary>The proxy joint where the program takes a proxy, else the shim. In the file: <c>auto</c>.</summary>
    Automatic,

    /// <summary>Only the proxy joint: the transport is not used without a proxy of ours. In the file: <c>proxy</c>.</summary>
    Proxy,

    /// <summary>A one-use loopback listener for each connection. In the file: <c>shim</c>.</summary>
    Shim,
}

namespace Plait.Configuration;

/// <summary>How a stream leaves a server transport inwards (<c>ServerTransportJoint</c>).</summary>
public enum ServerJointChoice
{
    /// <summary>The Extended ORPort, until the program is seen not to speak it. In the file: <c>auto</c>.</summary>
    Automatic,

    /// <summary>The Extended ORPort only. In the file: <c>extorport</c>.</summary>
    ExtOrPort,

    /// <summary>The plain ORPort only, one process per position. In the file: <c>orport</c>.</summary>
    OrPort,
}

namespace Plait.Chains;

/// <summary>What has been reported of a connection.</summary>
internal enum ConnectionState
{
    /// <summary>Nothing yet.</summary>
    New,

    /// <summary>The connection stands.</summary>
    Opened,

    /// <summary>The connection failed, or ended.</summary>
    Over,
}

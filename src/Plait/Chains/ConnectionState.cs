namespace Plait.Chains;

/// <summary>What has been reported of a connection.</summary>
internal enum ConnectionState
{
    /// <summary>Nothing yet.</summary>
    New,

    /// <summary>That it stands.</summary>
    Opened,

    /// <summary>That it failed, or ended.</summary>
    Over,
}
